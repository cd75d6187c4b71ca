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
}
