"""The project that the tools of `sarif_logs/` looked at."""

from __future__ import annotations

from textwrap import dedent

_APP = dedent("""\
    import os
    import subprocess
    import pickle


    def run(command, cache=[]):
        \"\"\"Runs a command.\"\"\"
        greeting = "Grüße 🐍"; assert command
        subprocess.call(command, shell=True)
        return eval(command)


    def load(path):
        with open(path, "rb") as stream:
            return pickle.load(stream)
    """)

ODD = "src/odd names/ünïcode é.py"

FILES = {
    "src/shop/app.py": _APP,
    "src/shop/copy.py": _APP,
    ODD: dedent("""\
        import hashlib
        name = "🐍🐍"; digest = hashlib.md5(name.encode()).hexdigest(); import os
        password = "hunter2hunter2"
        """),
    ".github/workflows/ci.yml": dedent("""\
        name: ci
        on:
          pull_request_target:
        jobs:
          test:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v4
                with:
                  ref: ${{ github.event.pull_request.head.sha }}
              - run: echo "${{ github.event.pull_request.title }}"
        """),
    "web/index.js": dedent("""\
        var greeting = "🐍🐍"; eval(greeting); var unused = 1;
        if (greeting == "x") { debugger; }
        """),
    "go/main.go": dedent("""\
        package main

        import (
        \t"crypto/md5"
        \t"fmt"
        \t"os/exec"
        )

        func main() {
        \tfmt.Printf("%x\\n", md5.Sum([]byte("x")))
        \tcommand := "ls"
        \texec.Command("sh", "-c", command+" -l").Run()
        }
        """),
}
PYTHON = {path: text for path, text in FILES.items() if path.endswith(".py")}
"""All that a working copy has of it."""
