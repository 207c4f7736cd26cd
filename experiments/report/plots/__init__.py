"""Plots of the report by subject: frames in, figures out."""
