"""How far rules may act: modes, the soak, the brake, what was done, and who may ask."""
