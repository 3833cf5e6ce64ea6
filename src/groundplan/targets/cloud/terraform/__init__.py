"""Terraform: modules that people wrote, and a thin root of generated calls for each site."""
