"""Plots of the report by subject: frames in, plotly figures out."""
