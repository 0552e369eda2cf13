"""Wangge without a web: geometry, networks, rules and storage.

base, settings < db, formats < accounts, jobs < areas < register < walking < coverage < events < insight.
Each room imports only rooms to its left; `make check` proves it.
"""
