"""What came of the attempts before the children were confined as they are now: who could do what.

Made by running test_children.py's attempts, each in a child of its own, with the program of commit f8feb0e,
whose children were a network, a resolver and a responder (no parser: that process was the one with the keys).
"Could" is: the sandbox did not refuse, even if the kernel then had something against it.
"""

BEFORE = {
    "allow itself to be dumped": {
        "network": "root user only-user",
        "resolver": "root user only-user",
        "responder": "root user only-user",
    },
    "ask a local daemon": {
        "network": "root user only-user",
        "resolver": "user",
    },
    "become root": {
        "network": "only-user",
        "resolver": "only-user",
        "responder": "only-user",
    },
    "change the root directory": {
        "network": "only-user",
    },
    "connect to another port": {
        "network": "root user only-user",
        "resolver": "root user only-user",
    },
    "connect to another port by sending": {
        "network": "root user only-user",
        "resolver": "root user only-user",
    },
    "give a key away": {
        "network": "only-user",
    },
    "have a signal sent by input": {
        "network": "root user only-user",
        "resolver": "root user only-user",
        "responder": "root user only-user",
    },
    "hold another process": {
        "network": "root user only-user",
        "resolver": "root user only-user",
    },
    "list a directory": {
        "network": "root user only-user",
    },
    "listen": {
        "network": "root user only-user",
        "resolver": "root user only-user",
    },
    "listen to the kernel's log of audits": {
        "network": "root user only-user",
        "resolver": "root user only-user",
    },
    "make a file of memory": {
        "network": "root user only-user",
        "resolver": "root user only-user",
        "responder": "root user only-user",
    },
    "make a namespace": {
        "network": "root user only-user",
        "resolver": "user",
    },
    "open a key to others": {
        "network": "user only-user",
        "resolver": "user",
    },
    "open by handle": {
        "network": "root user only-user",
        "resolver": "root user only-user",
        "responder": "root user only-user",
    },
    "paste into the console": {
        "network": "root user only-user",
        "resolver": "root user only-user",
        "responder": "root user only-user",
    },
    "read /etc/shadow": {
        "network": "only-user",
    },
    "read another's memory": {
        "network": "root user only-user",
        "resolver": "root user only-user",
    },
    "share memory": {
        "network": "root",
        "resolver": "root",
        "responder": "root",
    },
    "signal a thread": {
        "network": "user only-user",
        "resolver": "user only-user",
    },
    "signal another process": {
        "network": "user only-user",
        "resolver": "user only-user",
    },
    "signal everybody": {
        "network": "root user only-user",
        "resolver": "root user only-user",
    },
    "signal the parent": {
        "network": "only-user",
        "resolver": "only-user",
    },
    "start a process": {
        "network": "root user only-user",
        "resolver": "root user only-user",
        "responder": "root user only-user",
    },
    "start a process in a namespace": {
        "network": "root user only-user",
        "resolver": "user",
        "responder": "user",
    },
    "take capabilities": {
        "network": "only-user",
        "resolver": "only-user",
        "responder": "only-user",
    },
    "use bpf": {
        "network": "root user only-user",
        "resolver": "root user only-user",
    },
    "use io_uring": {
        "network": "root user only-user",
        "resolver": "root user only-user",
    },
    "use the kernel's cryptography": {
        "network": "root user only-user",
        "resolver": "root user only-user",
    },
    "use the key ring": {
        "network": "root user only-user",
        "resolver": "root user only-user",
        "responder": "root user only-user",
    },
    "use userfaultfd": {
        "network": "root user only-user",
        "resolver": "root user only-user",
    },
}
