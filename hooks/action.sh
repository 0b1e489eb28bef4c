#!/usr/bin/env bash
# Sets numlock up in an environment of its own below the runner's temporary folder, and starts it there. The Python of
# the user's steps, its packages and the workspace are left alone: nothing of them is on the path of what runs here.
set -euo pipefail

home=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/numlock-env-XXXXXX")
bin="$home/bin" && [[ ${RUNNER_OS:-} == Windows ]] && bin="$home/Scripts"

# A Python that is new enough: on PATH, else the system's, else one that the runner keeps in store.
new_enough() { "$1" -I -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>"$home/why"; }
find_python() {
  local candidate
  for candidate in python3 python /usr/bin/python3 "${RUNNER_TOOL_CACHE:-/opt/hostedtoolcache}"/Python/3.*/*/{bin/python3,python.exe}; do
    if command -v "$candidate" >"$home/which" && new_enough "$candidate"; then echo "$candidate" && return; fi
  done
  echo '::error title=numlock::no Python 3.10 or newer is found on this runner; hint: add actions/setup-python or uv' >&2
  return 2
}

install() (
  # What is meant for the user's environments must not reach this one; settings of the workspace are not looked at.
  unset PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_USER PIP_CONSTRAINT PIP_REQUIRE_VIRTUALENV PIP_REQUIRE_HASHES
  unset UV_CONSTRAINT UV_OVERRIDE UV_PROJECT UV_PROJECT_ENVIRONMENT UV_PYTHON VIRTUAL_ENV
  cd "$home"
  if command -v uv >which; then
    uv venv --quiet --python '>=3.10' env
    uv pip install --quiet --python "env/${bin##*/}/python" "$GITHUB_ACTION_PATH"
  else
    python=$(find_python)
    "$python" -I -m venv env
    "env/${bin##*/}/python" -I -m pip install --quiet --disable-pip-version-check "$GITHUB_ACTION_PATH"
  fi
)

install >"$home/log" 2>&1 || {
  echo '::error title=numlock::numlock could not be installed; its log follows'
  stop=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$stop" && cat "$home/log" && echo "::$stop::"
  exit 2
}
exec "$home/env/${bin##*/}/python" -I -m numlock_hooks.action
