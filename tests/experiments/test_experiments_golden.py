"""What a run of the three towns says stays as it is, until `make golden` writes it anew and the diff is read."""


def test_scorecard_and_facts_of_the_three_towns(small_run, golden):
    golden("experiments_scorecard", small_run.tables["scorecard"])
    golden("experiments_facts", small_run.tables["facts"])
