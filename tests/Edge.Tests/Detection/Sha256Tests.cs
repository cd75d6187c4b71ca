using Edge.Detection;

namespace Edge.Tests.Detection;

public class Sha256Tests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(55)] // the last length whose padding fits the same block
    [InlineData(56)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(100_003)]
    public void Digests_are_those_of_the_platform(int length)
    {
        byte[] message = new byte[length];
        new Random(length).NextBytes(message);
        var hash = new Sha256();
        hash.Append(message.AsSpan(0, length / 3));
        hash.Append(message.AsSpan(length / 3));
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(message), hash.Finish());
    }
}
