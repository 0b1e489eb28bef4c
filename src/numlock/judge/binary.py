"""Compiled modules against the binaries that they meet when they load.

A compiled module that compares what it was built for with what it finds refuses to load where they do not fit, and so
does one that imports a type which is smaller than it must be, or whose module is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from packaging.utils import NormalizedName

from numlock.judge.interface import Break, Environment
from numlock.model import ABI, API, ConflictKind, Interface, Key, Links, Symbol, TypeImport, Wants


def misfits(
    loaded: Mapping[NormalizedName, Iterable[str]],
    environment: Environment,
    concerned: frozenset[NormalizedName],
) -> Iterator[Break]:
    """The breaks of loading these compiled modules, between packages one of which is ``concerned``.

    Of the modules of one package a few are read, and the first that shows a break stands for it.
    """
    known = {each.package: each for each in environment.interfaces()}
    wanted = {name: list(modules) for name, modules in loaded.items()}
    if not known.keys() & concerned:
        wanted = {name: modules for name, modules in wanted.items() if name in concerned}
    for name, found in environment.links(wanted).items():
        user = Key(name, environment.versions[name])
        seen: set[Wants | TypeImport] = set()
        for links in found:
            for interface in known.values():
                if interface.package != name and {name, interface.package} & concerned:
                    yield from _of_interface(user, links, interface, environment, found, seen)
            yield from _of_types(user, links, environment, concerned, seen)


def wants_of(links: Links, interface: Interface) -> Iterator[tuple[Wants, bool]]:
    """What a compiled module wants of an interface, each with whether it refuses to load without."""
    package = interface.package
    lenient = any(library.startswith(interface.lenient) for library in links.needed)
    for table in links.tables:
        if table.package == package:
            refuses = table.checked and not lenient
            if table.abi is not None:
                yield Wants(package, ABI, table.abi), refuses
            if table.api is not None:
                yield Wants(package, API, table.api), refuses
    for each in links.types:
        numbers = {step.number for step in interface.steps.get(each.name, ())}
        if each.module == interface.top and each.size in numbers:
            yield Wants(package, each.name, each.size), True


def _of_interface(
    user: Key,
    links: Links,
    interface: Interface,
    environment: Environment,
    beside: Iterable[Links],
    seen: set[Wants | TypeImport],
) -> Iterator[Break]:
    provider = Key(interface.package, environment.versions[interface.package])
    for wants, certain in wants_of(links, interface):
        if wants in seen or interface.meets(wants, provider.version) is not False:
            continue
        seen.add(wants)
        offered = interface.offers(wants.what, provider.version)
        has = wants._replace(number=offered or 0)
        why = f"was built for {wants}, and {provider} has {str(has).partition(' ')[2]}"
        others = {each for one in beside for each, _ in wants_of(one, interface) if each.what == wants.what}
        if any(interface.meets(each, provider.version) for each in others):
            why += "; other modules of it were not"
        symbol = Symbol(interface.top, wants.what)
        yield Break(
            ConflictKind.BINARY, user, links.path, 0, symbol, provider, soft=not certain, wants=wants, why=why
        )


def _of_types(
    user: Key,
    links: Links,
    environment: Environment,
    concerned: frozenset[NormalizedName],
    seen: set[Wants | TypeImport],
) -> Iterator[Break]:
    """Modules of other packages that a compiled module imports a type from and that are not there."""
    for each in links.types:
        owners = environment.owners(each.module)
        surface = environment.surface(owners[0]) if len(owners) == 1 else None
        if each in seen or surface is None or surface.key.name == user.name:
            continue
        seen.add(each)
        if {user.name, surface.key.name} & concerned and surface.offers(each.module, None) is False:
            yield Break(ConflictKind.MODULE, user, links.path, 0, Symbol(each.module), surface.key)
