using Edge.Hosting.Actions.Mqtt;

namespace Edge.Hosting.Tests.Actions.Mqtt;

public class MqttAnswerTests
{
    [Theory]
    [InlineData("20 02 00 00", MqttAnswerType.ConnectAcknowledged, 0)]
    [InlineData("20 02 01 05", MqttAnswerType.ConnectAcknowledged, 5)]
    [InlineData("40 02 12 34", MqttAnswerType.PublishAcknowledged, 0x1234)]
    [InlineData("D0 00", MqttAnswerType.Pong, 0)]
    public async Task What_a_broker_may_say_is_understood(string bytes, object type, int value) =>
        Assert.Equal(new MqttAnswer((MqttAnswerType)type, value), await ReadAsync(bytes));

    [Theory]
    [InlineData("", "closed the connection")]
    [InlineData("20", "closed the connection")]
    [InlineData("40 02 12", "closed the connection")]
    [InlineData("40 FF FF FF 7F", "length byte of 255")] // 268,435,455 bytes announced
    [InlineData("40 FF FF FF FF FF", "length byte of 255")] // a length without end
    [InlineData("40 82 80 80 00 12 34", "length byte of 130")] // 2 in four bytes
    [InlineData("20 00", "length byte of 0")]
    [InlineData("D0 02 00 00", "length byte of 2")]
    [InlineData("41 02 00 01", "0x41")]
    [InlineData("30 05 00 01 61 62 63", "0x30")] // a message that nobody asked for
    [InlineData("48 54 54 50", "0x48")] // "HTTP"
    [InlineData("00 00", "0x00")]
    [InlineData("FF FF FF FF", "0xFF")]
    public async Task Anything_else_is_an_error_that_says_what_was_found(string bytes, string message) =>
        Assert.Contains(message, (await Assert.ThrowsAsync<MqttException>(() => ReadAsync(bytes))).Message);

    [Fact]
    public async Task No_bytes_whatever_do_more_than_that()
    {
        var random = new Random(1);
        for (int i = 0; i < 5000; i++)
        {
            var bytes = new byte[random.Next(8)];
            random.NextBytes(bytes);
            try
            {
                MqttAnswer answer = await MqttAnswer.ReadAsync(new MemoryStream(bytes), TestContext.Current.CancellationToken);
                Assert.InRange(answer.Value, 0, ushort.MaxValue);
            }
            catch (MqttException)
            {
                // As it should be.
            }
        }
    }

    private static Task<MqttAnswer> ReadAsync(string bytes) =>
        MqttAnswer.ReadAsync(new MemoryStream(Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal))), TestContext.Current.CancellationToken);
}
