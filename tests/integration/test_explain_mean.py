"""`replay --explain` of a mean: its parts, what its formulas took, and itself."""

import json
import os
import unittest

import support

CASE = os.path.join(os.path.dirname(__file__), "..", "cases", "replay", "regulated-hour")


def explain(what):
    return support.run("replay", "--config", os.path.join(CASE, "config.json"), "--explain", what,
                       os.path.join(CASE, "input.csv"))


class ExplainMeanTest(unittest.TestCase):
    def test_an_hour_says_its_parts_inputs_flags_and_settings(self):
        done = explain("DA001/a21026/hour/2026-11-24T10:00:00+08:00")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        parts = [line for line in lines if line["type"] == "part"]
        mean, = (line for line in lines if line["type"] == "mean")
        self.assertEqual(len(parts), 60)
        self.assertEqual(sum(line["valid"] for line in parts), mean["good"])
        self.assertEqual(sum(mean["flags"].values()), mean["parts"])
        for flag, count in mean["flags"].items():
            self.assertEqual(sum(line["flag"] == flag for line in parts), count)
        valid = [line["avg"] for line in parts if line["valid"]]
        self.assertAlmostEqual(sum(valid) / len(valid), mean["avg"], 9)
        self.assertIn("a19001", {line["factor"] for line in lines if line["type"] == "formula-input"})
        self.assertEqual({len(line["digest"]) for line in lines}, {64})
        self.assertEqual(len({line["config"] for line in lines}), 1)

    def test_what_is_no_mean_is_refused(self):
        self.assertEqual(explain("DA001/a21026/week/2026-11-24T10:00:00+08:00").returncode, 64)
        self.assertEqual(explain("DA001/a21026/hour/2020-11-24T10:00:00+08:00").returncode, 65)


if __name__ == "__main__":
    unittest.main()
