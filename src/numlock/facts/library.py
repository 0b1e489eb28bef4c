"""The facade of this stage: questions about releases, answered from the store or from the indexes, in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.errors import OutOfReach
from numlock.facts.advisories import advisories_for
from numlock.facts.archive import Unreadable
from numlock.facts.aspects import Aspects
from numlock.facts.binary import LinkReader, Wanted, interfaces
from numlock.facts.demanded import Demanded
from numlock.facts.distribution import PATHS
from numlock.facts.environment import Compiled, Environment, Learnt
from numlock.facts.installed import Installed
from numlock.facts.lines import NOWHERE, Seen, places
from numlock.facts.metadata import needs_of, public
from numlock.facts.modules import UNREADABLE, Modules
from numlock.facts.opened import Opened, identity
from numlock.facts.own import own_codes
from numlock.facts.projects import Projects
from numlock.facts.reading import Reading
from numlock.facts.settings import IndexSettings, redact
from numlock.facts.store import Store
from numlock.facts.transport import Transport, parallel
from numlock.facts.walked import Walked
from numlock.model import (
    Advisory,
    Code,
    Contents,
    File,
    Fit,
    Interface,
    Key,
    Links,
    Needs,
    Progress,
    Release,
    Source,
    Target,
    Unknown,
    Unparsed,
)


class Traffic(NamedTuple):
    """What was asked of the indexes in this run."""

    requests: int
    bytes: int


class Facts:
    """Facts for one target. Answers come in the order of the questions; what is out of reach is an Unknown.

    ``patience``: seconds that an index page is trusted for the releases that it lists, whatever the index says.
    ``transport``: one that other facts share; its settings are these.
    """

    def __init__(
        self,
        settings: IndexSettings,
        store: Store,
        target: Target,
        *,
        offline: bool = False,
        progress: Progress | None = None,
        patience: float = 0.0,
        transport: Transport | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._target = target
        self._offline = offline
        self._progress = progress or Progress()
        self._transport = transport or Transport(settings)
        self._projects = Projects(
            settings,
            store,
            target,
            self._transport,
            offline=offline,
            progress=self._progress,
            patience=patience,
        )
        self._opened = Opened(self._transport)
        self._aspects = Aspects(self.release_of, store, self._opened, self._progress, offline=offline)
        self._contents: dict[Key, Contents] = {}
        self._advisories: dict[frozenset[NormalizedName] | None, tuple[Advisory, ...]] = {}
        self._modules: dict[Key, Modules] = {}
        self._reading = Reading(self.sources)
        self._learnt = Learnt(Walked(store, target), Demanded(store, target))
        self._links = LinkReader(store, self._opened.archive, self._opened.members, offline=offline)

    @property
    def traffic(self) -> Traffic:
        """Requests made and bytes read so far."""
        return Traffic(self._transport.requests, self._transport.bytes)

    # --- runs --------------------------------------------------------------------------------------

    @property
    def settings(self) -> IndexSettings:
        """Where distributions come from."""
        return self._settings

    def known_run(self, identity: str) -> Any:
        """How a run ended (a JSON value), by what was run; None where it is not known."""
        return self._store.run(identity)

    def keep_run(self, identity: str, body: Any) -> None:
        """Keep how a run ended, for every later call."""
        self._store.put_run(identity, body)

    # --- releases ----------------------------------------------------------------------------------

    def releases(
        self, names: Iterable[NormalizedName]
    ) -> dict[NormalizedName, tuple[Release, ...] | Unknown]:
        """All releases of these projects, ascending, yanked and unfit ones included."""
        return self._projects.releases(names)

    def release_of(self, keys: Iterable[Key]) -> dict[Key, Release | Unknown]:
        """One release each; where none of its version exists, one that fits nothing and says so."""
        return self._projects.release_of(keys)

    def newest(self, names: Iterable[NormalizedName]) -> Iterator[Key]:
        """What an installer would take of projects that are not pinned, where they have anything that fits."""
        return self._projects.newest(names)

    def files_of(self, keys: Iterable[Key]) -> dict[Key, tuple[File, ...] | Unknown]:
        """All files of releases as the indexes list them, whichever target they are for."""
        return self._projects.files_of(keys)

    # --- distributions -----------------------------------------------------------------------------

    def needs(
        self, keys: Iterable[Key], extras: Mapping[NormalizedName, frozenset[str]]
    ) -> dict[Key, tuple[Needs, ...] | Unknown]:
        """The declared requirements of releases that hold for the target and the extras of their pins."""
        return {
            key: self._needs(key, found, extras.get(key.name, frozenset()))
            for key, found in self._aspects.of(keys, "requires").items()
        }

    def _needs(self, key: Key, found: Any, extras: frozenset[str]) -> tuple[Needs, ...] | Unknown:
        if isinstance(found, Unknown):
            return found
        if found is None:
            why = "a source archive that does not state its requirements; its code is not run"
            return Unknown(release=key, question=f"what {key} requires", why=why)
        needs = needs_of(key, found, self._target, extras, self._source(key, "METADATA"))
        release = self.release_of([key])[key] if key.version.local else None
        if isinstance(release, Release) and release.stands_in:  # its own build asks for others of its own
            return tuple(replace(each, requirement=public(each.requirement)) for each in needs)
        return needs

    def contents(self, keys: Iterable[Key]) -> dict[Key, Contents | Unknown]:
        """What releases install."""
        asked = list(keys)
        fresh = self._aspects.of([key for key in asked if key not in self._contents], PATHS)
        known = {
            key: Contents(release=key, paths=frozenset(found), source=self._source(key, None))
            for key, found in fresh.items()
            if not isinstance(found, Unknown)
        }
        self._contents |= known
        return {key: self._contents.get(key) or fresh[key] for key in asked}

    def installed(self, versions: Mapping[NormalizedName, Version]) -> Installed:
        """Lookups over everything that an environment holds, or would hold.

        For a release that the target cannot install, the nearest one that it can says what its modules are called.
        """
        found = self.contents(Key(name, version) for name, version in versions.items())
        named = {key.name: contents for key, contents in found.items()}
        for key, contents in found.items():
            release = self.release_of([key])[key] if isinstance(contents, Unknown) else None
            if isinstance(release, Release) and release.fit is Fit.NONE:
                named[key.name] = self._stand_in(key) or contents
        return Installed(named, self._target)

    def _stand_in(self, key: Key) -> Contents | None:
        """The contents of the release nearest to one that does not fit, older ones first."""
        releases = self.releases([key.name])[key.name]
        fitting = (
            [each.key for each in releases if each.fit is not Fit.NONE]
            if not isinstance(releases, Unknown)
            else []
        )
        older = [each for each in fitting if each.version < key.version]
        nearest = older[-1:] or fitting[:1]
        found = [each for each in self.contents(nearest).values() if isinstance(each, Contents)]
        return found[0] if found else None

    def sources(self, wanted: Iterable[tuple[Key, str]]) -> dict[tuple[Key, str], str | Unknown | None]:
        """The text of modules by their path below site-packages; None where the release has no such file."""
        asked: dict[Key, list[str]] = {}
        for key, path in wanted:
            asked.setdefault(key, []).append(path)
        releases = self.release_of(asked)
        found: dict[tuple[Key, str], str | Unknown | None] = {}
        jobs = [(key, releases[key], paths) for key, paths in asked.items()]
        for (key, _, paths), texts in parallel(self._read_sources, jobs):
            for path in paths:
                found[key, path] = texts if isinstance(texts, Unknown) else texts.get(path)
        return found

    def offsets(self, wanted: Iterable[tuple[Key, Seen]]) -> dict[tuple[Key, Seen], int | None]:
        """How many lines away from its place each line stands that a log shows: 0 where it fits; else as places."""
        return {
            (key, seen): place if place is None or place == NOWHERE else abs(place - seen.line)
            for (key, seen), place in self.places(wanted).items()
        }

    def places(self, wanted: Iterable[tuple[Key, Seen]]) -> dict[tuple[Key, Seen], int | None]:
        """Where each line stands that a log shows; see :func:`numlock.facts.lines.places`."""
        asked = list(wanted)
        releases = self.release_of(key for key, _ in asked)
        files = {key: each.file for key, each in releases.items() if isinstance(each, Release)}
        identities = {key: identity(file) for key, file in files.items() if file is not None}
        return places(asked, identities, self._store, self.sources)

    def _read_sources(
        self, job: tuple[Key, Release | Unknown, list[str]]
    ) -> dict[str, str | Unknown] | Unknown:
        key, release, paths = job
        question = f"what {key} contains"
        if isinstance(release, Unknown) or release.file is None:
            return Unknown(release=key, question=question, why="no file of it can be read")
        if self._offline:
            return Unknown(release=key, question=question, why="offline, and sources are not kept")
        refused = Unknown(release=key, question=question, why=UNREADABLE)
        try:
            texts = self._opened.texts(release.file, paths)
        except (Unreadable, OutOfReach) as error:
            return Unknown(release=key, question=question, why=str(error))
        return {path: refused if text is None else text for path, text in texts.items()}

    def modules(self, keys: Iterable[Key]) -> dict[Key, Modules | Unknown]:
        """The code of releases, to be asked module by module."""
        found: dict[Key, Modules | Unknown] = {}
        releases = self.release_of(keys)
        for key, contents in self.contents(releases).items():
            release = releases[key]
            if isinstance(contents, Unknown) or isinstance(release, Unknown) or release.file is None:
                why = contents.why if isinstance(contents, Unknown) else "no file"
                found[key] = Unknown(release=key, question=f"what {key} contains", why=why)
            else:
                if key not in self._modules:
                    self._modules[key] = Modules(
                        key,
                        identity(release.file),
                        contents,
                        self._target,
                        self._store,
                        self._reading,
                        from_source=not release.file.is_wheel,
                    )
                found[key] = self._modules[key]
        return found

    def read_codes(self, wanted: Iterable[tuple[Modules, Iterable[str]]]) -> None:
        """Read modules of several releases in one go, so that asking for their code costs nothing more."""
        self._reading.codes(wanted)

    def own_codes(self, files: Sequence[tuple[str, str]]) -> list[Code | Unparsed]:
        """What the project's own files (path, text) offer and use; see :func:`numlock.facts.own.own_codes`."""
        return own_codes(files, self._store, self._target)

    def gathering(self) -> AbstractContextManager[None]:
        """Inside, questions that need unread code raise Unread; all of that is read in one go at the end."""
        return self._reading.gathering()

    def links(
        self, wanted: Iterable[tuple[Modules, Iterable[str]]]
    ) -> dict[Key, tuple[Links, ...] | Unknown]:
        """What extension modules of releases ask of other packages' binaries; of many, a few small ones that tell."""
        asked: list[Wanted] = []
        found: dict[Key, tuple[Links, ...] | Unknown] = {}
        for modules, names in wanted:
            paths = frozenset(path for name in names if (path := modules.compiled(name)))
            release = self.release_of([modules.key])[modules.key]
            file = release.file if isinstance(release, Release) else None
            if paths and file is not None and file.is_wheel:
                asked.append(Wanted(modules.key, file, identity(file), paths))
            else:
                found[modules.key] = ()
        return found | self._links.read(asked)

    def interfaces(self) -> tuple[Interface, ...]:
        """The C interfaces whose releases are known."""
        return interfaces(self._store.remembered)

    def environment(self, versions: Mapping[NormalizedName, Version]) -> Environment:
        """The code of an environment. Nothing but file lists is read before it is asked for."""
        contents = self.contents(Key(name, version) for name, version in versions.items())
        identities = {
            key.name: identity(release.file)
            for key, release in self.release_of(contents).items()
            if isinstance(release, Release) and release.file is not None
        }
        return Environment(
            versions,
            contents,
            self._target,
            self._one_release,
            self._reading,
            Compiled(self.links, self.interfaces),
            identities,
            self._learnt,
        )

    def keep_walks(self) -> None:
        """Keep what walks through environments saw, for every later one."""
        for each in self._learnt:
            each.keep()

    def _one_release(self, key: Key) -> Modules | Unknown:
        return self._modules[key] if key in self._modules else self.modules([key])[key]

    def advisories(self, names: Iterable[NormalizedName] | None) -> tuple[Advisory, ...]:
        """The advisories about these packages; None: about whatever package."""
        asked = None if names is None else frozenset(names)
        if asked not in self._advisories:
            self._advisories[asked] = advisories_for(asked, remember=self._store.remembered)
        return self._advisories[asked]

    def _source(self, key: Key, member: str | None) -> Source:
        release = self.release_of([key])[key]
        file = release.file if isinstance(release, Release) else None
        return Source(
            url=redact(file.url) if file else key.name, member=member, sha256=file.sha256 if file else None
        )
