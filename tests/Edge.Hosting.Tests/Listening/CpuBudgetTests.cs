using Edge.Hosting.Listening;

namespace Edge.Hosting.Tests.Listening;

public class CpuBudgetTests
{
    [Fact]
    public void The_largest_number_gives_way_first_then_the_largest_cost_and_never_the_last()
    {
        ModelCost[] models = [new(0), new(1), new(1), new(5)];
        double[] shares = [0.9, 0.1, 0.2, 0.05];
        var budget = new CpuBudget(0.1, models);
        Run(budget, models, shares, seconds: 6);
        Assert.Equal([false, true, true, true], models.Select(model => model.GivesWay));
        Assert.True(budget.Overrun);
    }

    [Fact]
    public void No_more_models_give_way_than_must()
    {
        ModelCost[] models = [new(0), new(1), new(1), new(5)];
        Run(new CpuBudget(0.4, models), models, [0.2, 0.1, 0.15, 0.05], seconds: 30);
        Assert.Equal([false, false, true, true], models.Select(model => model.GivesWay));
    }

    [Fact]
    public void Models_come_back_in_the_opposite_order_and_none_before_its_turn()
    {
        ModelCost[] models = [new(0), new(1), new(2)];
        double[] shares = [0.5, 0.3, 0.01];
        var budget = new CpuBudget(0.4, models);
        Run(budget, models, shares, seconds: 6);
        Assert.Equal([false, true, true], models.Select(model => model.GivesWay));

        shares[0] = 0.2; // room for the third, but it is the second one's turn: 0.2 + 0.3 > 0.36
        Run(budget, models, shares, seconds: 60);
        Assert.Equal([false, true, true], models.Select(model => model.GivesWay));

        shares[0] = 0.05;
        Run(budget, models, shares, seconds: 60);
        Assert.Equal([false, false, false], models.Select(model => model.GivesWay));
    }

    [Fact]
    public void One_that_comes_back_and_must_give_way_again_stays_away_longer_each_time()
    {
        ModelCost[] models = [new(0), new(1)];
        var budget = new CpuBudget(0.4, models);
        var away = new List<int>();
        int since = 0;
        for (int second = 0; second < 200; second++)
        {
            // The second takes 0.3; the first 0.2 where the second runs, and little where it does not.
            bool before = models[1].GivesWay;
            Run(budget, models, [before ? 0.01 : 0.2, 0.3], seconds: 1);
            if (models[1].GivesWay && !before)
            {
                since = second;
            }
            else if (before && !models[1].GivesWay)
            {
                away.Add(second - since);
            }
        }

        Assert.Equal([10, 20, 40, 80], away);
    }

    [Fact]
    public void A_cost_is_the_mean_of_the_last_ten_seconds()
    {
        var model = new ModelCost(1);
        var budget = new CpuBudget(1, [model]);
        Run(budget, [model], [0.5], seconds: 10);
        Assert.Equal(0.5, model.Share, 6);
        Run(budget, [model], [0.1], seconds: 5);
        Assert.Equal(0.3, model.Share, 6);
    }

    private static void Run(CpuBudget budget, ModelCost[] models, double[] shares, int seconds)
    {
        for (int second = 0; second < seconds; second++)
        {
            for (int i = 0; i < models.Length; i++)
            {
                if (!models[i].GivesWay)
                {
                    models[i].Spend(shares[i]);
                }
            }

            budget.CloseSecond();
        }
    }
}
