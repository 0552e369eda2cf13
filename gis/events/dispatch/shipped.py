"""The rules shipped with the program: for the sample district, and as an example to write one's own from."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

from sqlalchemy.orm import Session

from gis.events.dispatch import store
from gis.events.dispatch.model import RuleSet
from gis.events.dispatch.reading import read_toml, rule_as_dict

FILE = "dispatch_rules_1.toml"


def shipped_rules() -> RuleSet:
    """The shipped rule set, for no city yet."""
    return read_toml(resources.files("gis.events").joinpath("data", FILE).read_bytes())


def ship_rules(session: Session, city: str) -> bool:
    """Put the shipped rules into force in a city that has none yet; whether it had none."""
    if any(one["city"] == city for one in store.rule_sets(session)):
        return False
    given = replace(shipped_rules(), city=city)
    plain = {
        "city": city, "version": given.version, "name_zh": given.name_zh, "name_en": given.name_en,
        "note": given.note, "rules": [rule_as_dict(rule) for rule in given.rules],
    }  # fmt: skip
    made = store.put_rule_set(session, plain, None)
    return made is not None and store.activate_rule_set(session, made, 1)
