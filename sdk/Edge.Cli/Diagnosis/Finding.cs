namespace Edge.Cli.Diagnosis;

/// <summary>What one check found.</summary>
/// <param name="Check">The check's name.</param>
/// <param name="Verdict">What it means.</param>
/// <param name="Found">What was found, and what was expected where that differs.</param>
/// <param name="Advice">What to do; null where there is nothing to do.</param>
internal sealed record Finding(string Check, Verdict Verdict, string Found, string? Advice = null);
