"""Pipelines of GitHub Actions, and the image of each service that they build."""
