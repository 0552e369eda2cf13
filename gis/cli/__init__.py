"""The `wangge` command: parse, call one service, print."""
