using System.Text;
using System.Text.Json;
using Edge.Hosting.Actions.Mqtt;

namespace Edge.Hosting.Tests.Actions.Mqtt;

public class HomeAssistantDiscoveryTests
{
    [Fact]
    public void A_model_is_an_event_entity_of_the_device()
    {
        var discovery = new HomeAssistantDiscovery("homeassistant", "kitchen.lan", "edge/kitchen");
        Assert.True(discovery.Add("wake words", "alexa"));
        Assert.True(discovery.Add("wake words", "computer"));
        Assert.False(discovery.Add("wake words", "alexa"));
        Assert.Equal("homeassistant/event/edge_kitchen_lan/wake_words/config", discovery.ConfigTopic("wake words"));
        using JsonDocument json = JsonDocument.Parse(discovery.Config("wake words"));
        Assert.Equal("edge_kitchen_lan_wake_words", Text("unique_id"));
        Assert.Equal("edge/kitchen/wake words", Text("state_topic"));
        Assert.Equal("edge/kitchen/availability", Text("availability_topic"));
        Assert.Equal("""["alexa","computer"]""", json.RootElement.GetProperty("event_types").GetRawText());
        Assert.Equal("""["edge_kitchen_lan"]""", json.RootElement.GetProperty("device").GetProperty("identifiers").GetRawText());
        Assert.Equal("Edge", json.RootElement.GetProperty("origin").GetProperty("name").GetString());

        string? Text(string field) => json.RootElement.GetProperty(field).GetString();
    }

    [Fact]
    public void Names_in_other_scripts_stay_apart()
    {
        var discovery = new HomeAssistantDiscovery("homeassistant", "kitchen", "edge/kitchen");
        Assert.Equal("homeassistant/event/edge_kitchen/_8bed_97f3/config", discovery.ConfigTopic("语音"));
        Assert.NotEqual(discovery.ConfigTopic("语音"), discovery.ConfigTopic("声音"));
    }

    [Fact]
    public void A_model_s_name_cannot_leave_its_topic() => Assert.Equal("edge/x/a_b_c_d", MqttTopics.Event("edge/x", "a/b+c#d"));
}
