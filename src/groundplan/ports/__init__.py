"""What operations may ask of a target, as small Protocols, and what lies in a platform's folder."""
