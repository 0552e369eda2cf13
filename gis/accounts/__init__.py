"""Who may see and do what: accounts, sessions, roles, area scope, audit."""
