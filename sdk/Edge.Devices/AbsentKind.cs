using Edge.Hosting.Actions;

namespace Edge.Devices;

/// <summary>A kind that this build lacks because its package did not restore.</summary>
/// <param name="kind">Its name in the configuration.</param>
/// <param name="package">The package.</param>
internal sealed class AbsentKind(string kind, string package) : IActionKind
{
    public string Kind => kind;

    public IReadOnlyCollection<string> Fields { get; } =
        [nameof(ActionOptions.Pin), nameof(ActionOptions.ActiveLow), nameof(ActionOptions.OnMs), nameof(ActionOptions.Bus), nameof(ActionOptions.Address)];

    public void Check(ActionOptions options, ICollection<string> faults) => faults.Add(
        $"Kind {kind} needs the package {package}, which was not to be had where this program was built. Build it where the package restores; `./build.sh probe` tells.");

    public IEventAction Create(ActionOptions options, ActionContext context) => throw new NotSupportedException($"Kind {kind} is not part of this build; {package} was absent.");
}
