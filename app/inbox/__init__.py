"""The verbs of the inbox, a file each: they take a session, and know no Flask and no queue."""
