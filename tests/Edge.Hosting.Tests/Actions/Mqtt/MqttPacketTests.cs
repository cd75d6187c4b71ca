using Edge.Hosting.Actions.Mqtt;

namespace Edge.Hosting.Tests.Actions.Mqtt;

/// <summary>Bytes worked out by hand from the standard.</summary>
public class MqttPacketTests
{
    [Fact]
    public void The_shortest_connection() => Assert.Equal(
        "100D00044D5154540402003C000161",
        Hex(MqttPacket.Connect(new MqttClientOptions("x", 1, "a"))));

    [Fact]
    public void A_connection_with_will_and_login() => Assert.Equal(
        "101F00044D51545404EE003C00016100017400076F66666C696E65000175000170",
        Hex(MqttPacket.Connect(new MqttClientOptions("x", 1, "a") { WillTopic = "t", UserName = "u", Password = "p" })));

    [Fact]
    public void A_password_without_a_user_is_not_sent() =>
        Assert.Equal(MqttPacket.Connect(new MqttClientOptions("x", 1, "a")), MqttPacket.Connect(new MqttClientOptions("x", 1, "a") { Password = "p" }));

    [Theory]
    [InlineData(false, false, "3206000174010221")]
    [InlineData(true, false, "3306000174010221")]
    [InlineData(false, true, "3A06000174010221")]
    public void A_message(bool retain, bool duplicate, string bytes) => Assert.Equal(bytes, Hex(MqttPacket.Publish("t", "!"u8, 0x0102, retain, duplicate)));

    [Theory]
    [InlineData(122, "7F")]
    [InlineData(123, "8001")]
    [InlineData(16_378, "FF7F")]
    [InlineData(16_379, "808001")]
    [InlineData(2_097_147, "80808001")]
    public void Lengths_take_a_byte_for_each_seven_bits(int payloadBytes, string length) =>
        Assert.Equal(length, Convert.ToHexString(MqttPacket.Publish("t", new byte[payloadBytes], 1, false, false).AsSpan(1, length.Length / 2)));

    [Fact]
    public void A_text_that_is_too_long_is_refused() =>
        Assert.Throws<MqttException>(() => MqttPacket.Publish(new string('t', MqttPacket.LongestText + 1), default, 1, false, false));

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);
}
