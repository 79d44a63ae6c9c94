"""judge.py SCHEMAS.json CASES.json

SCHEMAS: {name: schema}. CASES: [[schema name, payload text], ...]. Prints one line a case: "good", or "bad" and why.
"""
import json
import sys

import jsonschema

schemas = json.load(open(sys.argv[1], encoding="utf-8"))
validators = {}
for name, schema in schemas.items():
    jsonschema.Draft202012Validator.check_schema(schema)
    validators[name] = jsonschema.Draft202012Validator(schema)
for name, payload in json.load(open(sys.argv[2], encoding="utf-8")):
    error = jsonschema.exceptions.best_match(validators[name].iter_errors(json.loads(payload)))
    print("good" if error is None else "bad " + error.message[:100].replace("\n", " "))
