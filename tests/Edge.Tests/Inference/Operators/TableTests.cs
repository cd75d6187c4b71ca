using Edge.Numerics;

namespace Edge.Tests.Inference.Operators;

public class TableTests
{
    [Theory]
    [ClassData(typeof(KernelSets))]
    public void Each_value_is_looked_up(KernelSet set)
    {
        var file = new EdgeFile();
        int x = file.Arena("x", [1, 5]);
        int y = file.Arena("y", [1, 5], 3, 0.7);
        int table = file.Int8s("t", [256], [.. Enumerable.Range(0, 256).Select(i => (sbyte)(i / 2))]);
        Assert.Equal([0, 63, 64, 64, 127], file.Operator("table", [x, table], y).Ends(x, y).Run(set, [-128, -1, 0, 1, 127]));
    }
}
