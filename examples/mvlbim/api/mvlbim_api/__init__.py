"""The construction-management API: projects, BIM models with versions, site issues, site events.

Run it with `python -m mvlbim_api`, prepare its database with `python -m mvlbim_api migrate`.
"""
