"""A small world for the program to run in: machines with names, addresses and file systems of their
own, a certificate authority that answers at the names of Let's Encrypt, name servers, the interfaces
of DNS providers at their own names, proxies, and long lines.

Where tests/lab gives the program ports and directories, here it gets nothing that an administrator
would not type. Machines are network, mount and process namespaces: root is needed, nothing on the
real machine is written, and no packet leaves it.
"""
