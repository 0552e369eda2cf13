"""The workflow of events: templates as data, commands that follow them, a database that refuses all else."""
