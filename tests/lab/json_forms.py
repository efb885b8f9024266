"""Checks what --json prints against the schemas of docs/json."""

import json
from pathlib import Path

import jsonschema

FORMS = Path(__file__).resolve().parents[2] / "docs/json"


def check_form(name, document):
    """Fails unless the document has the form docs/json/NAME.schema.json."""
    schema = json.loads((FORMS / f"{name}.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(document)
