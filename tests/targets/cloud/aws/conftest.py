"""Every test of this folder may have an account of moto's."""

from targets.cloud.aws.moto_account import moto, moto_server

__all__ = ["moto", "moto_server"]
