namespace Edge.Targets;

/// <summary>One thing that is published.</summary>
/// <param name="Name">How it is reached: edge.</param>
/// <param name="Project">Its project's folder, from the repository's root.</param>
/// <param name="Assembly">What an installed .NET runtime runs in the portable build; null for the C library, of which there is none.</param>
public sealed record PublishedProgram(string Name, string Project, string? Assembly);
