"""How operations are performed: begun, resumed, held apart, ended, kept in the register."""
