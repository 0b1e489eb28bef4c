#!/usr/bin/env bash
# Sets numlock up in an environment of its own below the runner's temporary folder, and starts it there. The Python of
# the user's steps, its packages and the workspace are left alone: nothing of them is on the path of what runs here.
set -euo pipefail

home=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/numlock-env-XXXXXX")
scripts=bin && [[ ${RUNNER_OS:-} == Windows ]] && scripts=Scripts
python="$home/env/$scripts/python"

# A Python that is new enough: on PATH, else the system's, else one that the runner keeps in store.
find_python() {
  local each store="${RUNNER_TOOL_CACHE:-/opt/hostedtoolcache}/Python"
  for each in python3 python /usr/bin/python3 "$store"/3.*/*/bin/python3 "$store"/3.*/*/python.exe; do
    if "$each" -I -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>>"$home/log"; then echo "$each" && return; fi
  done
  return 1
}

with_uv() {
  uv venv --quiet --python '>=3.10' env && uv pip install --quiet --python "$python" "$GITHUB_ACTION_PATH"
}

with_pip() {
  local base arguments=(install --quiet --disable-pip-version-check --no-compile "$GITHUB_ACTION_PATH")
  base=$(find_python) || { echo 'no Python 3.10 or newer is here; add actions/setup-python or uv'; return 1; }
  # A pip that is there already spares the seconds that it takes to set one up.
  "$base" -I -m venv --without-pip env && "$base" -I -m pip --python "$python" "${arguments[@]}" && return
  "$base" -I -m venv --clear env && "$python" -I -m pip "${arguments[@]}"
}

install() (
  # What is meant for the user's environments must not reach this one; settings of the workspace are not looked at.
  unset PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_USER PIP_CONSTRAINT PIP_REQUIRE_VIRTUALENV PIP_REQUIRE_HASHES
  unset UV_CONSTRAINT UV_OVERRIDE UV_PROJECT UV_PROJECT_ENVIRONMENT UV_PYTHON VIRTUAL_ENV
  cd "$home"
  if command -v uv; then with_uv; else with_pip; fi
)

install >"$home/log" 2>&1 || {
  echo '::error title=numlock::numlock could not be installed; its log follows'
  stop=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$stop" && cat "$home/log" && echo "::$stop::"
  exit 2
}
exec "$python" -I -m numlock_hooks.action
