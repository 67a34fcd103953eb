"""Documents, data and held-out tasks: readers, example types, audit, safety suites. Imports only `valign`."""
