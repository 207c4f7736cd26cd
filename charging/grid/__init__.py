"""The electric side: towns against their grids, photovoltaics, storage, managed charging."""
