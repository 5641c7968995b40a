"""By which name a channel is known whose value the code does not say: by the setting that holds it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from discover.frameworks.records import Findings

Find = Callable[[dict[str, str]], Findings]

CASES = {
    "a variable of the environment": (
        'import os\nTOPIC = os.environ["TOPIC"]\n',
        "TOPIC",
        "$TOPIC",
    ),
    "one with a default": (
        'import os\nTOPIC = os.environ.get("TOPIC", "orders")\n',
        "TOPIC",
        "orders",
    ),
    "read in place": ("import os\n", 'os.getenv("TOPIC")', "$TOPIC"),
    "decouple's settings": ('from decouple import config\nTOPIC = config("TOPIC")\n', "TOPIC", "$TOPIC"),
    "an imported constant": ("from settings import TOPIC\n", "TOPIC", "$SHOP_TOPIC"),
    "a constant of an imported module": ("import settings\n", "settings.TOPIC", "$SHOP_TOPIC"),
    "a field that the environment fills": ("from settings import settings\n", "settings.topic", "Settings.topic"),
    "an attribute that a constructor sets": (
        """
        import os
        class Names:
            def __init__(self):
                self.topic = os.environ["TOPIC"]
        names = Names()
        """,
        "names.topic",
        "$TOPIC",
    ),
    "an attribute that every caller gives the constructor": (
        """
        import os
        TOPIC = os.environ["TOPIC"]
        class Names:
            def __init__(self, topic):
                self.topic = topic
        names = Names(TOPIC)
        others = Names(topic=os.environ["TOPIC"])
        """,
        "names.topic",
        "$TOPIC",
    ),
    "an attribute that callers give differently, of the object that one of them made": (
        """
        import os
        class Names:
            def __init__(self, topic):
                self.topic = topic
        names = Names(os.environ["TOPIC"])
        others = Names(os.environ["OTHER"])
        """,
        "names.topic",
        "$TOPIC",
    ),
    "an attribute that callers give differently": (
        """
        import os
        class Names:
            def __init__(self, topic):
                self.topic = topic
        names = Names(os.environ["TOPIC"]) if os.environ["CASE"] else Names(os.environ["OTHER"])
        """,
        "names.topic",
        "{}",
    ),
    "a namespace of constants": (
        """
        import os, types
        names = types.SimpleNamespace()
        names.topic = os.environ["TOPIC"]
        """,
        "names.topic",
        "$TOPIC",
    ),
    "a mapping of settings": ("from elsewhere import config\n", 'config["TOPIC"]', "config.TOPIC"),
    "nothing that is known": ("from elsewhere import topic\n", "topic()", "{}"),
}
SETTINGS = """
import os
from pydantic_settings import BaseSettings
TOPIC = os.environ["SHOP_TOPIC"]
class Settings(BaseSettings):
    topic: str
settings = Settings()
"""


@pytest.mark.parametrize(("head", "expression", "name"), CASES.values(), ids=CASES.keys())
def test_a_channel_is_named_by(find: Find, head: str, expression: str, name: str) -> None:
    code = f"import redis\n{textwrap.dedent(head)}\ndef send():\n    redis.Redis().publish({expression}, 1)\n"
    found = find({"app.py": code, "settings.py": SETTINGS})
    assert [channel.name for dispatch in found.dispatches for channel in dispatch.sends] == [name]


def test_a_callers_setting_names_the_channel_of_a_wrapper(find: Find) -> None:
    code = """
        import os, redis
        class Bus:
            def __init__(self):
                self.client = redis.Redis()
            def publish(self, channel, body):
                self.client.publish(channel, body)
        def order():
            Bus().publish(os.environ["ORDERS"], 1)
        def mail():
            Bus().publish("mails", 1)
    """
    found = find({"app.py": textwrap.dedent(code)})
    sent = {d.unit: [c.name for c in d.sends] for d in found.dispatches if not d.is_passed_on}
    assert sent == {"app.py::order": ["$ORDERS"], "app.py::mail": ["mails"]}
