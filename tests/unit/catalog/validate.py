"""validate.py SCHEMA FILES...   prints, for each file, its name and "good" or "bad" by the JSON Schema."""
import json
import sys

import jsonschema
import yaml

schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        content = yaml.safe_load(file)
    print(name, "good" if validator.is_valid(content) else "bad")
