"""The test lab: starts, drives and stops the real parts (test CA, DNS, web servers, certbot).

Everything runs on loopback with ports of its own, under one temporary directory per test. Nothing
outside of it is written, and what was started ends with the test, also when that fails or is
killed. The package needs nothing but the standard library and cryptography.
"""
