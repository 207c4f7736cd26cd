"""Words of the report: names of columns, codes, figures and places, limits of the models, and all that is declared."""
