using Edge.Features.Design;

namespace Edge.Tests.Features;

public class PortableMathTests
{
    [Fact]
    public void Functions_agree_with_the_platform_to_the_last_bits()
    {
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            double x = Math.Exp(random.NextDouble() * 60 - 30);
            Assert.Equal(Math.Log(x), PortableMath.Log(x), 1e-14);
            double y = random.NextDouble() * 40 - 20;
            Assert.Equal(1, PortableMath.Exp(y) / Math.Exp(y), 1e-14);
            double angle = random.NextDouble() * 2 * Math.PI;
            Assert.Equal(Math.Cos(angle), PortableMath.Cos(angle), 1e-15);
        }
    }

    [Fact]
    public void Quarter_turns_are_exact()
    {
        for (int turn = -8; turn <= 8; turn++)
        {
            double[] cosines = [1, 0, -1, 0];
            Assert.Equal(cosines[(turn + 8) % 4], PortableMath.CosTurn(turn * 16, 64), 1e-17);
            Assert.Equal(cosines[(turn + 11) % 4], PortableMath.SinTurn(turn * 16, 64), 1e-17);
        }
    }

    [Fact]
    public void Fractions_of_a_turn_agree_with_the_platform()
    {
        for (int i = 0; i < 2_000; i++)
        {
            Assert.Equal(Math.Cos(2 * Math.PI * i / 1999), PortableMath.CosTurn(i, 1999), 3e-15);
            Assert.Equal(Math.Sin(2 * Math.PI * i / 1999), PortableMath.SinTurn(i, 1999), 3e-15);
        }
    }
}
