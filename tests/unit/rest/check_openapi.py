#!/usr/bin/python3
"""Holds live answers against the OpenAPI document.

check_openapi.py FOLDER complete|part

FOLDER holds openapi.json and exchanges.jsonl (one exchange a line: method, target, request_type, request_body, status,
headers, body). Whatever was answered must be documented: path, method, status, content type, and the body by its schema;
what was accepted must fit the request's schema. With `complete`, each documented operation and status must have been
produced at least once. Prints one line per problem; exit status 1 when there is one.
"""
import json
import re
import sys
from pathlib import Path

import jsonschema

OUTSIDE = {404, 405}  # of paths and methods that the document does not have


def resolve_all(node, document):
    """Every reference must lead somewhere."""
    problems = []
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            at = document
            for part in reference.removeprefix("#/").split("/"):
                at = at.get(part) if isinstance(at, dict) else None
            if at is None:
                problems.append(f"document: {reference} leads nowhere")
        for value in node.values():
            problems += resolve_all(value, document)
    elif isinstance(node, list):
        for value in node:
            problems += resolve_all(value, document)
    return problems


def check_document(document):
    problems = resolve_all(document, document)
    if not document["openapi"].startswith("3.1"):
        problems.append(f"document: OpenAPI {document['openapi']}, not 3.1")
    ids = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            ids.append(operation["operationId"])
            named = set(re.findall(r"{(\w+)}", path))
            declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            if named != declared:
                problems.append(f"document: {method} {path} declares the path parameters {sorted(declared)}")
            if not operation.get("summary"):
                problems.append(f"document: {method} {path} has no summary")
    for double in sorted({i for i in ids if ids.count(i) > 1}):
        problems.append(f"document: operationId {double} stands twice")
    for name, schema in document["components"]["schemas"].items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            problems.append(f"document: schema {name}: {error.message}")
    return problems


def find_operation(document, method, target):
    path = target.split("?")[0]
    best = None
    for template, methods in document["paths"].items():
        pattern = "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in template.split("/"))
        if re.fullmatch(pattern, path) and method.lower() in methods:
            if best is None or template.count("{") < best[0].count("{"):
                best = (template, methods[method.lower()])
    return best


def first_error(document, schema, value):
    whole = dict(schema)
    whole["components"] = document["components"]
    checker = jsonschema.FormatChecker()
    error = jsonschema.exceptions.best_match(
        jsonschema.Draft202012Validator(whole, format_checker=checker).iter_errors(value))
    return None if error is None else f"{'/'.join(map(str, error.absolute_path))}: {error.message}"


def check_request(document, operation, exchange):
    if "requestBody" not in operation or exchange["status"] >= 300:
        return None
    content = operation["requestBody"]["content"].get(exchange["request_type"].split(";")[0])
    if content is None:
        return None if not exchange["request_body"] else f"accepted {exchange['request_type']}, which is not documented"
    return first_error(document, content["schema"], json.loads(exchange["request_body"] or "{}") or {})


def check_answer(document, response, exchange):
    content = response.get("content", {})
    kind = exchange["headers"].get("content-type", "").split(";")[0].strip()
    if not content:
        return "a body, where none is documented" if exchange["body"] else None
    if kind not in content:
        return f"content type {kind!r}; documented: {', '.join(content)}"
    if "schema" not in content[kind]:
        return None
    value = json.loads(exchange["body"])
    if kind == "application/problem+json" and value.get("status") != exchange["status"]:
        return f"the problem speaks of status {value.get('status')}"
    return first_error(document, content[kind]["schema"], value)


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in ("complete", "part"):
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    document = json.loads((folder / "openapi.json").read_text())
    problems = check_document(document)
    seen = set()
    for number, line in enumerate((folder / "exchanges.jsonl").read_text().splitlines(), 1):
        exchange = json.loads(line)
        at = f"exchange {number}, {exchange['method']} {exchange['target'].split('?')[0]} -> {exchange['status']}"
        found = find_operation(document, exchange["method"], exchange["target"])
        if found is None:
            if exchange["status"] not in OUTSIDE:
                problems.append(f"{at}: no such operation is documented")
            continue
        operation = found[1]
        status = str(exchange["status"])
        if "x-request-id" not in exchange["headers"]:
            problems.append(f"{at}: no X-Request-Id")
        if status not in operation["responses"]:
            problems.append(f"{at}: {operation['operationId']} documents {', '.join(operation['responses'])}; {exchange['body'][:200]}")
            continue
        seen.add((operation["operationId"], status))
        for error in (check_request(document, operation, exchange),
                      check_answer(document, operation["responses"][status], exchange)):
            if error:
                problems.append(f"{at}: {error}")
    documented = {(operation["operationId"], status) for methods in document["paths"].values()
                  for operation in methods.values() for status in operation["responses"]}
    if sys.argv[2] == "complete":
        for operation_id, status in sorted(documented - seen):
            problems.append(f"{operation_id} -> {status} is documented, but no test produced it")
    print("\n".join(sorted(set(problems))[:100]))
    print(f"{len(seen)} of {len(documented)} documented answers were produced")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
