using Edge.Cli;

namespace Edge.Tests;

public class ProgressBarTests
{
    [Theory]
    [InlineData(0, 8, "files [........................]   0 %")]
    [InlineData(2, 8, "files [######..................]  25 % 0:00:30 left")]
    [InlineData(8, 8, "files [########################] 100 % 0:00:00 left")]
    [InlineData(9, 8, "files [########################] 100 % 0:00:00 left")]
    public void The_time_left_follows_from_the_part_that_is_done(long done, long total, string expected) =>
        Assert.Equal(expected, ProgressBar.Render("files", done, total, TimeSpan.FromSeconds(10)));

    [Theory]
    [InlineData(0, "calibrating [........................]   0 %")]
    [InlineData(25, "calibrating [######..................]  25 % 2.5 clips/s, 0:00:30 left")]
    public void The_rate_is_shown_where_units_have_a_name(long done, string expected) =>
        Assert.Equal(expected, ProgressBar.Render("calibrating", done, 100, TimeSpan.FromSeconds(10), "clips"));
}
