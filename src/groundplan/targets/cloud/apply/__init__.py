"""Carrying out a rendered folder: Terraform root by root, then git, which the clusters follow."""
