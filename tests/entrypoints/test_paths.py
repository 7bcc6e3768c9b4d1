"""Paths are matched alone."""

import pytest

from tests.support.api import Site


def test_nothing_is_compiled_to_build_an_address(module_site: Site) -> None:
    """It would take four fifths of the time that the application needs to be made."""
    rules = list(module_site.world.service.app.url_map.iter_rules())
    assert len(rules) > 50
    for rule in rules:
        with pytest.raises(NotImplementedError):
            rule.build({})
