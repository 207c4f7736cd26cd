"""Station lists: OCPI, Open Charge Map, OpenStreetMap, GeoJSON, tables: they become a layout, and a layout goes out."""
