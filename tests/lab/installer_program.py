"""A plugin that is a program, and installs nothing but an account of its calls."""

INSTALLER = """#!/usr/bin/python3
import json, os, sys
request = json.loads(sys.stdin.readline())
with open(os.path.join(request["work_dir"], "calls"), "a") as calls:
    calls.write(json.dumps(request) + "\\n")
fails = request["options"].get("fail") == request["call"]
answers = {
    "describe": {"description": "A server for tests", "challenges": ["http-01"],
                 "roles": ["installer"], "enhancements": ["redirect"]},
    "names": {"names": ["site.test"]},
    "deploy": {"places": [["/srv/test.conf"]]},
    "rollback": {"undone": min(request.get("count", 0), 1)},
}
print(json.dumps({"error": "it does not work"} if fails else answers.get(request["call"], {})))
"""
