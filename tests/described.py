"""Answers held against the OpenAPI description: nothing is answered that it does not say."""

import re

from jsonschema import Draft202012Validator


class Described:
    """`check` is for httpx's `event_hooks`."""

    def __init__(self, description):
        self.description = description
        self.checked = 0
        self._paths = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), item)
            for path, item in description["paths"].items()
        ]

    def valid(self, schema, value):
        """Raises `ValidationError`."""
        Draft202012Validator({**schema, "components": self.description["components"]}).validate(value)

    def operation(self, method, path):
        for pattern, item in self._paths:
            if pattern.fullmatch(path) and method.lower() in item:
                return item[method.lower()]
        return None

    def check(self, answer):
        request = answer.request
        operation = self.operation(request.method, request.url.path)
        if operation is None:
            return
        where = f"{request.method} {request.url.path}: {answer.status_code}"
        told = operation["responses"].get(str(answer.status_code))
        assert told is not None, f"{where} is not described"
        answer.read()
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.content:
            assert kind in told.get("content", {}), f"{where}: {kind} is not described"
        if answer.content and kind.endswith("json"):
            self.valid(told["content"][kind]["schema"], answer.json())
        for name in ("ETag", "Location", "Retry-After", "Content-Location", "Idempotent-Replayed"):
            assert name not in answer.headers or name in told["headers"], f"{where}: {name} is not described"
        for name in ("ETag", "Location", "Content-Location"):
            assert name in answer.headers or name not in told["headers"], f"{where}: {name} is not sent"
        self.checked += 1
