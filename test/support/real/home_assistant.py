"""Renders Home Assistant's lines for MQTT as it does: Jinja templates. Reads JSON from stdin: the YAML, and what to render."""

import json
import sys

import jinja2
import yaml

asked = json.load(sys.stdin)
entities = {kind: entity for one in yaml.safe_load(asked["yaml"])["mqtt"] for kind, entity in one.items()}


def rendered(kind, template, variables):
    return jinja2.Environment().from_string(entities[kind][template]).render(**variables)


print(
    json.dumps(
        {
            "entities": entities,
            "rendered": [rendered(one["kind"], one["template"], one["variables"]) for one in asked["render"]],
        }
    )
)
