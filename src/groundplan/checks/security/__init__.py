"""The rules of security: who may reach what, with which rights, through which doors."""
