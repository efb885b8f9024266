"""Checks what --json prints against the schemas of docs/json."""

import functools
import json
from pathlib import Path

import jsonschema

FORMS = Path(__file__).resolve().parents[2] / "docs/json"


def _closed(schema):
    """The same for a test: a member that the schema does not know is one that nobody has described.
    Programs are to ignore it."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(part) for key, part in schema.items()}
    if "type" in closed and isinstance(closed.get("properties"), dict):
        closed["additionalProperties"] = False
    return closed


@functools.cache
def _validator(name):
    # An event has members in addition to those of a certificate.
    close = _closed if name != "events" else lambda schema: schema
    schemas = {path.name: close(json.loads(path.read_text())) for path in FORMS.glob("*.schema.json")}
    schema = schemas[f"{name}.schema.json"]
    jsonschema.Draft7Validator.check_schema(schema)
    # References are relative to where the schema is.
    store = {f"file:///forms/{file}": other for file, other in schemas.items()}
    resolver = jsonschema.RefResolver(f"file:///forms/{name}.schema.json", schema, store=store)
    return jsonschema.Draft7Validator(schema, resolver=resolver)


def check_form(name, document):
    """Fails unless the document has the form docs/json/NAME.schema.json."""
    _validator(name).validate(document)


def check_output(result):
    """Fails unless the command printed one document of its verb, and nothing else, on standard
    output, and says there how it ended. Returns the document."""
    document = json.loads(result.out)
    check_form(document["command"] or "error", document)
    assert document["exit_status"] == result.rc, repr(result)
    assert (document["error"] is None) == (result.rc == 0), repr(result)
    return document
